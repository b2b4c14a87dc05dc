"""Tables and workbooks: .csv, .tsv, .xlsx, .xls."""
