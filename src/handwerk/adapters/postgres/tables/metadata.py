"""The collection that every table joins, and its column types."""

from sqlalchemy import MetaData, Numeric
from sqlalchemy.dialects.postgresql import TIMESTAMP

metadata = MetaData()

# Kernel's `Checks.euros` and `Checks.quantity` keep values inside these.
Euros = Numeric(11, 2)
Quantity = Numeric(11, 3)
Moment = TIMESTAMP(timezone=True)
