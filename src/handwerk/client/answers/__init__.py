"""What a server answers, as values; unknown fields of a newer server are passed over."""
