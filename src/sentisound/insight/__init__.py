"""Pictures and reports: what an analysis says, for the eye and for paper.

``exhibit`` is what they are drawn of; ``charts`` lists the pictures, ``report`` writes the PDF, ``album`` keeps what
is needed to draw them later. matplotlib and ReportLab load with the first picture and the first report.
"""
