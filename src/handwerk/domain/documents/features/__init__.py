"""What is in a craft document: prices, dates, sizes, hours, words of the trade.

Every feature says from which words it was read and how sure that is. A place in the text is a
`Line`; a module for each kind of feature finds them, `reading` puts them together.
"""
