"""Words that every domain module shares."""
