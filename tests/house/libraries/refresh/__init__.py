"""Libraries: a tiny wing that joins the house by its folders and one line a package."""
