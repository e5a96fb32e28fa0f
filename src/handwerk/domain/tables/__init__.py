"""Tables from other software and to it: read, understood column by column, written, told about."""
