"""Words that stand before a colon and lead out of the articles.

They are kept apart from the rules for titles, which two independent computations read: the checks
and the marking.
"""

from __future__ import annotations

# English names and short forms work on every wiki. The others are those of the editions in
# climate_articles_views, of Spanish, Portuguese and of Swahili, the course's example.
NAMES = {
    "English": "Talk, User, User talk, Wikipedia, Wikipedia talk, Project, Project talk, WP, WT, "
    "File, File talk, Image, Image talk, MediaWiki, MediaWiki talk, Template, Template talk, Help, "
    "Help talk, Category, Category talk, Portal, Portal talk, Draft, Draft talk, Module, "
    "Module talk, TimedText, Special, Media, Event, Event talk, Topic",
    "Danish": "Diskussion, Bruger, Brugerdiskussion, Fil, Skabelon, Hjælp, Kategori, Speciel",
    "Dutch": "Overleg, Gebruiker, Overleg gebruiker, Bestand, Sjabloon, Categorie, Portaal, "
    "Speciaal",
    "French": "Discussion, Utilisateur, Utilisatrice, Discussion utilisateur, Fichier, Modèle, "
    "Aide, Catégorie, Portail, Projet, Spécial, Wikipédia, Discussion Wikipédia",
    "German": "Diskussion, Benutzer, Benutzerin, Benutzer Diskussion, Datei, Vorlage, Hilfe, "
    "Kategorie, Spezial, Modul",
    "Italian": "Discussione, Utente, Discussioni utente, Aiuto, Categoria, Portale, Progetto, "
    "Speciale",
    "Norwegian": "Diskusjon, Bruker, Brukerdiskusjon, Mal, Hjelp, Spesial",
    "Portuguese": "Discussão, Usuário, Usuária, Ficheiro, Predefinição, Ajuda, Wikipédia",
    "Spanish": "Discusión, Usuario, Usuaria, Archivo, Plantilla, Ayuda, Categoría, Especial, "
    "Wikiproyecto, Anexo",
    "Swahili": "Majadiliano, Mtumiaji, Picha, Kigezo, Msaada, Jamii, Maalum",
    "Swedish": "Användare, Användardiskussion, Mall, Hjälp",
}
PROJECTS = frozenset({"w", "b", "c", "d", "m", "n", "q", "s", "v", "voy", "wikt", "commons"})

# All of them as one compares them.
WORDS = (
    frozenset(word.casefold() for words in NAMES.values() for word in words.split(", ")) | PROJECTS
)
