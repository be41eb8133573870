"""What is counted of claims, members and stays, and by what."""
