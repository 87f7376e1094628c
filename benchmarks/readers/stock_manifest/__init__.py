"""The stock low-code connector: a manifest with only the CDK's own components."""
