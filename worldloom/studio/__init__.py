"""Technology 3, creation: geometry made by code, glTF in and out, avatars, the scene as a file."""
