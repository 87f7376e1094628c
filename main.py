"""`python main.py` runs the connector as `source-billcom` does."""

from source_billcom.run import run

if __name__ == "__main__":
    run()
