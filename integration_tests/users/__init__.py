"""The first hour of three users, each as a script, and the tests that run them."""
