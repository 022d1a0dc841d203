"""One file per format or package that data comes from."""
