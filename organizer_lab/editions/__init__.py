"""What people take home: the book as a website, in one zip, on paper and as an e-book.

All of it is made from the finished pages of the book, so that every edition says the same and shows
the same figures, and no notebook runs twice.
"""
