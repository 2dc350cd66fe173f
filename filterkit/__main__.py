"""python -m filterkit: the same as the command filterkit.

As with every `python -m`, modules of the current folder come before the installed ones; with
`python -P -m filterkit`, as with the command, they are not looked at.
"""

from filterkit.cli.main import main

if __name__ == "__main__":
    main()
