"""SecMaster of Huawei Cloud."""
