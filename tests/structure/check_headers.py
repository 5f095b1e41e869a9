"""Every header compiles alone: it includes what it uses. One unit a header, as many at once as there are processors."""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import tempfile

import source_tree

FLAGS = ['-std=c++20', '-O0', '-Wall', '-Wextra', '-Wno-unused', '-pthread', '-D_TURN_OFF_PLATFORM_STRING']


def check(root, compiler):
    root = pathlib.Path(root).resolve()
    headers = source_tree.files(root, {'.hpp'})
    if not headers:
        return ['no header found: the check looks at nothing']
    with tempfile.TemporaryDirectory() as folder:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            jobs = [pool.submit(compile_alone, root, compiler, folder, header) for header in headers]
            return [fault for job in jobs for fault in job.result()]


def compile_alone(root, compiler, folder, header):
    inside = header.relative_to(root)
    unit = '_'.join(inside.with_suffix('.cpp').parts)
    (pathlib.Path(folder) / unit).write_text(f'#include "{inside}"\n')
    # An object file, though nobody wants it: ccache keeps those, so a second run costs next to nothing. For the same
    # reason the unit is named without its folder.
    command = launcher() + [compiler, *FLAGS, f'-I{root}', f'-I{root / "orchestrator"}', '-c', unit, '-o', unit + '.o']
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode == 0:
        return []
    first = next((line for line in done.stderr.splitlines() if 'error' in line), done.stderr[:200])
    return [f'{inside}: does not compile alone: {first}']


def launcher():
    ccache = shutil.which('ccache')
    return [ccache] if ccache else []
