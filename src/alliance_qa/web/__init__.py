"""The service over HTTP: JSON, pages, the widget."""
