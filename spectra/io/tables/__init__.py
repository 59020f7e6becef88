"""Tables: of one spectrum or many, as text, workbook or CIF."""
