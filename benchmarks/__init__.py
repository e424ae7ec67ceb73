"""What things cost: each file is a script that prints its figures.

Tests run them once with tiny sizes; no test measures time.
"""
