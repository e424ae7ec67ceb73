"""What the author of a node writes against: functions that read a store, category by category.

`node.py` asks them and makes records of what they give (`given.py`), page by page where there is
much (`pages.py`), with the age of what is fed from elsewhere (`feeds.py`). `reading.py` holds what
they give to the record's types; a mistake is `mistakes.py`'s one sentence.
"""
