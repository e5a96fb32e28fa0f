"""Whether the installation is sound, and what to do where it is not."""
