stage   = "test"
watched = true
