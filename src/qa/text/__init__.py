"""What is done to text as such: sentences, passages, names carried forward, quotation, and escaping for screens."""
