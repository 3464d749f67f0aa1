"""What becomes of the words of a file on their way into the index: which are lost, and which are menus and the like.

`visible` reads a page a second time, with a parser of its own, and `independent` files of other formats; `loss` compares that
with the text that the index stores.
"""
