/**
 * A small WebKitGTK browser with a profile on disk, for gjs: `gjs -m webkit-browser.mjs FOLDER light|dark`. WebKitWebDriver starts and
 * drives it. WebKit's own MiniBrowser keeps nothing on disk while it is driven.
 */
import Gtk from 'gi://Gtk?version=3.0'
import WebKit from 'gi://WebKit2?version=4.1'
import System from 'system'

const [folder, colorScheme] = System.programArgs
Gtk.init(null)
Gtk.Settings.get_default().gtk_application_prefer_dark_theme = colorScheme === 'dark'

const store = new WebKit.WebsiteDataManager({
  base_data_directory: `${folder}/data`,
  base_cache_directory: `${folder}/cache`,
})
const context = new WebKit.WebContext({ website_data_manager: store })
context
  .get_cookie_manager()
  .set_persistent_storage(`${folder}/cookies`, WebKit.CookiePersistentStorage.SQLITE)
context.set_automation_allowed(true)

const settings = new WebKit.Settings({ enable_write_console_messages_to_stdout: true })

let openCount = 0

function openView() {
  const view = new WebKit.WebView({ web_context: context, settings, is_controlled_by_automation: true })
  const window = new Gtk.Window({ default_width: 1280, default_height: 800 })
  window.add(view)
  window.show_all()
  openCount += 1
  view.connect('close', () => window.destroy())
  window.connect('destroy', () => {
    openCount -= 1
    if (openCount === 0) Gtk.main_quit()
  })
  return view
}

context.connect('automation-started', (_context, session) => {
  const application = new WebKit.ApplicationInfo()
  application.set_name('letterlock-webkit')
  application.set_version(WebKit.get_major_version(), WebKit.get_minor_version(), WebKit.get_micro_version())
  session.set_application_info(application)
  session.connect('create-web-view', openView)
})

Gtk.main()
