"""From the handler string to the function, as Lambda's own runtime for Python resolves it (`package/module.handler`), and where modules are found.
https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html"""

import importlib
import sys

from .errors import Fault


def find_modules_in(task_root, layer_root, python_path):
    """The code first, then what PYTHONPATH names, then the layers, then the system."""
    version = "python%d.%d" % sys.version_info[:2]
    layers = [f"{layer_root}/python/lib/{version}/site-packages", f"{layer_root}/python"]
    wanted = [task_root, *[entry for entry in python_path.split(":") if entry], *layers]
    sys.path[:] = [*wanted, *[entry for entry in sys.path if entry not in wanted]]
    importlib.invalidate_caches()


def load_handler(handler):
    module_name, dot, member = handler.rpartition(".")
    if not dot:
        raise Fault("MalformedHandlerName", f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)")
    module = _import(module_name)
    try:
        return getattr(module, member)
    except AttributeError:
        raise Fault("HandlerNotFound", f"Handler '{member}' missing on module '{module_name}'") from None


def _import(name):
    if name.split(".")[0] in sys.builtin_module_names:
        raise Fault("BuiltInModuleConflict", f"Cannot use built-in module {name} as a handler module")
    try:
        return importlib.import_module(name.replace("/", "."))
    except ImportError as error:
        raise Fault("ImportModuleError", f"Unable to import module '{name}': {error}") from error
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise Fault("UserCodeSyntaxError", f"Syntax error in module '{name}': {error}", trace) from error
