"""What joins the floors: HTTP, the live socket, sign-in, uploads and the command line."""
