"""The page that an officer signs, and pictures of scans: content first, then HTML, PDF, SVG and PNG."""
