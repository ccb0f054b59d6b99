"""DataWorks of Alibaba Cloud."""
