class StepFailedError(Exception):
    """A step came to another end than it must; the sentence says which, with the last lines of a command's output."""
