"""What is asked of the book.

It has no loose end (`consistency`), plain words (`prose`), and links that lead somewhere
(`external`).
"""
