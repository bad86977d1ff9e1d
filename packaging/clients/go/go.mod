module countersign-testing

go 1.22
