"""What is left out of what Schemathesis asks."""
import schemathesis


@schemathesis.hook
def filter_path_parameters(context, path_parameters):
    """A line break in a path is not led to the function: the emulator's gateway says 404 in words of its own."""
    return not any("\n" in str(value) for value in (path_parameters or {}).values())
