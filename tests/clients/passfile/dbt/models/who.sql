SELECT current_user AS who
