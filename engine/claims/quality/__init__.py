"""What claims, cover and people must be, beside what each column may hold."""
