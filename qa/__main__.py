"""``python -m qa`` is ``footnote``."""

from qa.cli import main

if __name__ == "__main__":
    main()
