module azwi-migrate.test/testbed/local

go 1.24.0
