"""`python main.py` runs the connector as `source-billcom` does."""

from source_billcom.command import main

if __name__ == "__main__":
    main()
