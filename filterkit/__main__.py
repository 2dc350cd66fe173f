"""python -m filterkit: the same as the command filterkit."""

from filterkit.cli.main import main

if __name__ == "__main__":
    main()
