"""The stock low-code connector: a manifest of the CDK's own components alone."""
