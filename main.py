"""`python main.py` runs the connector as `source-billcom` does."""

from source_billcom.cli.__main__ import main

if __name__ == "__main__":
    main()
