"""Parts of pages that live on spans: frames in, figures and tables on the screen, in the reader's words.

Each function draws one thing; a page is a list of them.
"""
