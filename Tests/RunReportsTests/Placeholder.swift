// RunReports
