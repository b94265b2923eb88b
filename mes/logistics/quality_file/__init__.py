"""The quality file of a delivery (出厂质量证明文件): every paper of its elements in one PDF, or in a ZIP."""
