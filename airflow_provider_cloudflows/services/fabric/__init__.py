"""DataArts Fabric of Huawei Cloud."""
