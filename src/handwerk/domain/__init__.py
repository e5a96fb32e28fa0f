"""The trade: rules, words and ports. Imports no technology."""
