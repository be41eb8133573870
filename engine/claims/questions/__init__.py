"""What is asked of claims: cubes, time, one glance. Questions over metrics; nothing is stored."""
