SELECT current_user;
