cc login.c $(pkg-config --cflags --libs libpq) -o login
