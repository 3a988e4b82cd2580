import { FSWatcher } from 'chokidar';

type Listing = Parameters<FSWatcher['_readdirp']>;

/**
 * A watcher of folders alone. At each event chokidar lists the folder and reads the facts of every entry, which costs more
 * than a load where it holds thousands of files. This one reads the names and types once it watches the folder; the first
 * listing and polling stay as they are.
 */
export class FolderWatcher extends FSWatcher {
  override _readdirp(folder: Listing[0], options: Listing[1]): ReturnType<FSWatcher['_readdirp']> {
    if (this.options.usePolling || !this._closers.has(folder)) return super._readdirp(folder, options);
    const filter = options?.directoryFilter;
    return super._readdirp(folder, {
      type: 'directories',
      alwaysStat: false,
      directoryFilter: (entry) => {
        // The facts that chokidar and its filters ask for are in the directory entry, too.
        Object.assign(entry, { stats: entry.dirent });
        return typeof filter !== 'function' || filter(entry);
      },
    });
  }
}
